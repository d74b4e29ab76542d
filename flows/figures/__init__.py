"""What a person sees of a measurement: tables, words, plots."""
