"""Plants: what each one likes (`profiles`) and what the forecast means for it (`advice`)."""
