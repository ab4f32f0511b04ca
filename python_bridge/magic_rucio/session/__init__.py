"""Who the user is to Rucio: tokens from the environment, a file or a sign-in."""
