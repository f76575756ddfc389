"""Controls, cards and dialogs that several pages share."""
