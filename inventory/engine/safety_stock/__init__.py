"""Where a chain keeps its safety stock: guaranteed-service placement over many stages."""
