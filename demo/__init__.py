"""Programs that show Doorstep at work: stand-ins for the outside world, and a morning played through."""
