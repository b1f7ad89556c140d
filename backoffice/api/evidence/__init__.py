"""The record of a buyer note, and the pictures and voice files in it."""
