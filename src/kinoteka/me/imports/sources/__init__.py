"""Files of other sites, each in a module of its name: `read` gives an entry for every row, wrong ones too."""
