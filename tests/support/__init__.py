"""What the tests stand on: private servers, paths, sinks. Imported as `support`."""
