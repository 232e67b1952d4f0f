"""The sandbox's hub: Koji's XML-RPC protocol and rules for one machine, on SQLite."""
