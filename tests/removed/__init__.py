"""What becomes of the tests of forms.md when the rule they stand for is taken out; see :mod:`tests.removed.__main__`."""
