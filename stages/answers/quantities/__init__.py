"""Numbers, units, times and dates, as people write them."""
