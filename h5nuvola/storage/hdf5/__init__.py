"""HDF5 through disposable reader processes: `pool` and `file` on the web side, everything else inside a reader."""
