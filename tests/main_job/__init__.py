"""The main job: played by `make main-job`, and by the test suite."""
