"""What the black-box tests share: store, proxy, clips, runner and independent judges."""
