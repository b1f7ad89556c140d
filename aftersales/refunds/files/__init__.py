"""Cases as the platform reports them: its refund list as a spreadsheet, and the rows of its interface."""
