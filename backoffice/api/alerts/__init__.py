"""What people are told of without a reload, and what each wants to be told of."""
