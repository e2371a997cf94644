"""A laboratory of routers in network namespaces on one machine; see tests/lab/README.md."""
