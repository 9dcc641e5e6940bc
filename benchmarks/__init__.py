"""Measurements of h5nuvola against its peers, in one run on one machine. Nothing here runs in the tests."""
