"""New feedback and orders into a run, under the topics, segments and names it has."""
