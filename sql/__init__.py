"""The cellar: migrations, views, checks and grants; one object a file."""
