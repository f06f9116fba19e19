"""Engines that animate a face to speech."""
