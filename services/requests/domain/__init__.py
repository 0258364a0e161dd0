"""The rules of time: when a professional can be seen (`hours`), and the life of a visit (`request`)."""
