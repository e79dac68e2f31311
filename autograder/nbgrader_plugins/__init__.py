"""The hooks that nbgrader calls, each in a module of its own."""
