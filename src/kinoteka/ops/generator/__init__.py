"""Made-up catalogues of any size with the skews of real ones, for measuring and for trying things out."""
