"""The rivals: the same answers in other ways, each as good as an able engineer writes it."""
