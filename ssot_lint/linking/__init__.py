"""What names stand for: modules, imports, bindings, re-exports, classes."""
