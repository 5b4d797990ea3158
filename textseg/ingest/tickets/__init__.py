"""What in a ticket is not the customer's own words, and which messages are one ticket.

``phrases.toml`` holds the words, ``patterns`` makes patterns of them, ``cut`` cuts one text,
``templates`` finds what the company puts into many texts, ``roles`` tells customers from agents,
``conversations`` folds the messages of a ticket.
"""
