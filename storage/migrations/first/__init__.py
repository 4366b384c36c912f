"""The tables of the first migration, as they were made then. Never changed afterwards: later ones change the store."""
