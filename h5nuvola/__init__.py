"""h5nuvola: browse, search, see and analyse HDF5 data where it lies."""

__version__ = "0.1.0"
