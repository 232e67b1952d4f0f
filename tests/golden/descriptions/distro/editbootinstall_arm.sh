#!/bin/bash
sfdisk --disk-id "$1" 0x0
