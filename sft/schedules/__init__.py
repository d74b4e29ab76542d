"""In which order what is trained: schedules as data, each a function from rows to named stages."""
