"""The tools for a form: drafted, pictured, compared, handed out."""
