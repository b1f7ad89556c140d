"""The Taobao Open Platform: signed requests, what its answers mean, and its trades as rows of order files."""
