"""What every feature stands on: types of columns, the occasion of an act, refusals, the transaction."""
