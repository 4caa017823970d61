"""What travels over HTTP. Requests are named by verbs, answers by nouns; unknown fields are refused."""
