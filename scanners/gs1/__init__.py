"""GS1: element strings, bracketed text, Digital Link, and the bare numbers under EAN and ITF bars."""
