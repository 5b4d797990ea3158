"""From feedback and order lines to one row per customer."""
