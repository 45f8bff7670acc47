"""What known mistakes put in place of the reference's functions: one file per topic, one public name per mistake."""
