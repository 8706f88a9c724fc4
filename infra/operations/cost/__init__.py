"""What the stack costs a month: measured use, dated list prices, the always-free allowances apart."""
