"""CoT-Valve's forms: what a base is turned along."""
