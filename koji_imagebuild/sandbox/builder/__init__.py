"""The sandbox's kojid: Koji's TaskManager and tasks; stand-ins for what is kojid's alone."""
