package io.tunnel4j.origin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks the one method that may accept any certificate; the check for forbidden calls lets it pass by this annotation. */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
@interface SwitchesOffVerification {}
