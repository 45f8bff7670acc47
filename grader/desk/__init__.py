"""The desk: a local web page on which people mark answers and look after a class."""
