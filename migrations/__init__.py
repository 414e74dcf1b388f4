"""The history of the database's shape. Migrations never import our code."""
