"""What is on the disk: the files of a project, what is left out, source roots, declared dependencies."""
