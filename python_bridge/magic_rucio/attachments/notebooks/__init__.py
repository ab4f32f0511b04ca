"""Templates of notebooks: Python in percent format; `{{name}}` is replaced by checked or quoted text."""
