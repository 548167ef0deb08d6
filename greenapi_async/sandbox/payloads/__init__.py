"""What comes in and goes out, whatever it is about: schemas, forms, answers and refusals."""
