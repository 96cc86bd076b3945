"""`make bench`: the read path beside named rivals, over HTTP, on the same data, in one run."""
