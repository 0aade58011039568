"""Terms of service, privacy policy, questions and answers: dated versions, and who accepted which one when."""
