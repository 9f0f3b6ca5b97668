"""Contact of cells with each other and with the field: no-fit regions, rooms, and what is clear of them."""
