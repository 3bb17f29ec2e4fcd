"""How much there may be of anything; the tables' constraints say the same."""

FIRST_YEAR, LAST_YEAR = 1870, 2200
LONGEST_MINUTES = 100_000
LONGEST_TITLE, LONGEST_NAME, LONGEST_GENRE = 500, 300, 100
LONGEST_CHARACTER, LONGEST_DESCRIPTION = 1000, 20_000
MOST_VOTES = 2**31 - 1
MOST_LISTED = 10_000  # positions are 16 bits wide
