"""How a threshold is found: what right answers reach over many seeds, and how seldom one of them would fail."""
