"""Ways to put the suite together and run it. Nothing in the product imports this package."""
