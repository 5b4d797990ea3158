"""Groups of customers: fused from blocks, found, named and described."""
