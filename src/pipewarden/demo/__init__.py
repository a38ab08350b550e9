"""The simulated estate acme and its loopback servers: for the demo, the tests and the load runs."""
