"""The published settings of papers: three run files each, and the table that the paper reports."""
