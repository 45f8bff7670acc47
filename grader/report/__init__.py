"""The pages that students and instructors read: results in, self-contained HTML out."""
